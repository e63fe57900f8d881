-- What was printed and is on no manifest, which is looked for often.
CREATE INDEX orders_printed_of ON orders (connection, printed_ms) WHERE printed_ms IS NOT NULL;
