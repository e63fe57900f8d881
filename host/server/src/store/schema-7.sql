-- When a look first said that there is no such order, 0 for no look: it counts only when a later one says so, too.
ALTER TABLE server_feed_looks ADD COLUMN missing_ms INTEGER NOT NULL DEFAULT 0;
-- 1: the order should be in the list of open orders, and the last one lacked it.
ALTER TABLE server_feed_looks ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0;
