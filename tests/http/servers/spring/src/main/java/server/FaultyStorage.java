package server;

import io.github.twinlock.BlockingReports;
import io.github.twinlock.BlockingStorage;
import io.github.twinlock.MemoryStorage;
import io.github.twinlock.Stats;
import io.github.twinlock.StorageTimeoutException;
import io.github.twinlock.StoredRecord;
import io.github.twinlock.TwoFactorEvent;
import java.util.List;

/** A memory storage with faults to order. */
final class FaultyStorage implements BlockingStorage, BlockingReports {
    private final MemoryStorage memory = new MemoryStorage();
    volatile String fault;

    @Override
    public StoredRecord load(String userId) {
        trouble();
        StoredRecord record = memory.load(userId);
        if (record == null) return null;
        if ("tampered".equals(fault)) {
            byte[] data = record.getData().clone();
            data[data.length - 1] ^= 1;
            return new StoredRecord(record.getVersion(), record.getEnabled(), record.getKeyId(), data);
        }
        if ("unknown_key".equals(fault)) {
            return new StoredRecord(record.getVersion(), record.getEnabled(), "lost", record.getData());
        }
        return record;
    }

    @Override
    public boolean save(String userId, Long expected, StoredRecord record, List<TwoFactorEvent> events) {
        trouble();
        return !"lost_race".equals(fault) && memory.save(userId, expected, record, events);
    }

    @Override
    public void erase(String userId) {
        trouble();
        memory.erase(userId);
    }

    @Override
    public List<TwoFactorEvent> events(String userId, byte[] before, int limit) {
        trouble();
        return memory.events(userId, before, limit);
    }

    @Override
    public Stats stats(long now) {
        trouble();
        return memory.stats(now);
    }

    @Override
    public List<String> stale(String keyId, String after, int limit) {
        return memory.stale(keyId, after, limit);
    }

    @Override
    public long purge(long before) {
        return memory.purge(before);
    }

    private void trouble() {
        if ("unavailable".equals(fault)) throw new IllegalStateException("the disk is gone");
        // What a storage that bounds its own waiting says; really waiting would make the suite slow or shaky.
        if ("slow".equals(fault)) throw new StorageTimeoutException();
    }
}
