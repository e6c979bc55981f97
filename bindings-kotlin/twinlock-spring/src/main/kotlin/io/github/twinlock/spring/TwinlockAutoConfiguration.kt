package io.github.twinlock.spring

import io.github.twinlock.BlockingStorage
import io.github.twinlock.BlockingTwoFactor
import io.github.twinlock.Clock
import io.github.twinlock.ConfigurationException
import io.github.twinlock.EventListener
import io.github.twinlock.KeyRing
import io.github.twinlock.Policy
import io.github.twinlock.SqliteStorage
import io.github.twinlock.jdbc.JdbcStorage
import org.springframework.beans.factory.ObjectProvider
import org.springframework.boot.autoconfigure.AutoConfiguration
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean
import org.springframework.boot.context.properties.EnableConfigurationProperties
import org.springframework.context.ApplicationEventPublisher
import org.springframework.context.annotation.Bean
import org.springframework.context.annotation.Configuration
import org.springframework.context.annotation.Import
import org.springframework.core.env.Environment
import java.nio.file.Files
import java.nio.file.Path
import javax.sql.DataSource

/** The engine, from `twinlock.*`. Each bean gives way to one of the application's own. */
@AutoConfiguration(afterName = ["org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration"])
@EnableConfigurationProperties(TwinlockProperties::class)
@Import(TwinlockAutoConfiguration.OnDataSource::class, TwinlockAutoConfiguration.OnFile::class)
public class TwinlockAutoConfiguration {
    /** Keys of `twinlock.keys`, else of the file `twinlock.keys-file`. */
    @Bean
    @ConditionalOnMissingBean
    public fun twinlockKeyRing(properties: TwinlockProperties): KeyRing {
        val keys = properties.keys()
        val file = properties.keysFile()
        return when {
            !keys.isNullOrEmpty() -> KeyRing.fromText(keys)
            !file.isNullOrEmpty() -> KeyRing.fromText(Files.readString(Path.of(file)))
            else -> KeyRing.fromEnvironment()
        }
    }

    /** Tells the application's listeners (`@EventListener`) of each [io.github.twinlock.TwoFactorEvent]. */
    @Bean
    @ConditionalOnMissingBean
    public fun twinlockEventListener(publisher: ApplicationEventPublisher): EventListener =
        EventListener { event, _ -> publisher.publishEvent(event) }

    /** The engine. */
    @Bean
    @ConditionalOnMissingBean
    public fun blockingTwoFactor(
        properties: TwinlockProperties,
        environment: Environment,
        storage: BlockingStorage,
        keys: KeyRing,
        policy: ObjectProvider<Policy>,
        clock: ObjectProvider<Clock>,
        onEvent: EventListener,
    ): BlockingTwoFactor = BlockingTwoFactor.builder(issuerOf(properties, environment), storage)
        .keys(keys)
        .policy(policy.getIfAvailable { Policy.DEFAULT })
        .clock(clock.getIfAvailable { Clock.SYSTEM })
        .namespace(properties.namespace())
        .onEvent(onEvent)
        .storageTimeoutMillis(properties.storageTimeout().toMillis())
        .build()

    private fun issuerOf(properties: TwinlockProperties, environment: Environment): String =
        properties.issuer() ?: environment.getProperty("spring.application.name")
            ?: throw ConfigurationException("set twinlock.issuer or spring.application.name: authenticator apps show it")

    /** In the application's database: the tables are those of `classpath:twinlock/schema/`. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(DataSource::class)
    @ConditionalOnMissingBean(BlockingStorage::class)
    internal class OnDataSource {
        @Bean
        fun twinlockStorage(dataSource: DataSource, properties: TwinlockProperties): BlockingStorage {
            val jdbc = properties.jdbc()
            return JdbcStorage(dataSource, null, jdbc.tablePrefix(), jdbc.timeout(), jdbc.connections())
        }
    }

    /** In a file of its own. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(value = [BlockingStorage::class, DataSource::class])
    internal class OnFile {
        @Bean
        fun twinlockStorage(properties: TwinlockProperties): BlockingStorage = SqliteStorage(properties.sqliteFile())
    }
}
