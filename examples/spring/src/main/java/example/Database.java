package example;

import io.github.twinlock.jdbc.JdbcDialect;
import java.nio.charset.StandardCharsets;
import javax.sql.DataSource;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.stereotype.Component;

/** The tables, made in a new file: ours, and Twinlock's among them. */
@Component
class Database implements InitializingBean {
    private final DataSource source;
    private final JdbcTemplate jdbc;

    Database(DataSource source, JdbcTemplate jdbc) {
        this.source = source;
        this.jdbc = jdbc;
    }

    @Override
    public void afterPropertiesSet() {
        run(new ClassPathResource("schema.sql"));
        String sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'twinlock_record'";
        if (jdbc.queryForObject(sql, Integer.class) > 0) return;
        run(new ByteArrayResource(JdbcDialect.SQLITE.schema().getBytes(StandardCharsets.UTF_8)));
    }

    private void run(Resource script) {
        new ResourceDatabasePopulator(script).execute(source);
    }
}
