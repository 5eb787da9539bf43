-- Our own tables as version 1 made them: what `retention init` must bring up to the present version.

CREATE TABLE retention_fence (
    id INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE retention_finding (
    run_id VARCHAR(120) NOT NULL,
    rule_id VARCHAR(80) NOT NULL,
    check_name VARCHAR(80) NOT NULL,
    table_name VARCHAR(128) NOT NULL,
    column_name VARCHAR(128) NOT NULL,
    examined BIGINT NOT NULL,
    violations BIGINT NOT NULL,
    unknown BIGINT NOT NULL,
    applicable BOOLEAN NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (run_id, rule_id, check_name, table_name, column_name)
);

CREATE TABLE retention_hold (
    kind VARCHAR(60) NOT NULL,
    subject_key VARCHAR(255) NOT NULL,
    hold_id VARCHAR(40) NOT NULL,
    PRIMARY KEY (kind, subject_key, hold_id)
);

CREATE TABLE retention_journal (
    run_id VARCHAR(120) NOT NULL,
    rule_id VARCHAR(80) NOT NULL,
    shard INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    action VARCHAR(20) NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    groups BIGINT NOT NULL,
    rows TEXT NOT NULL,
    spared TEXT NOT NULL,
    set_aside BIGINT NOT NULL,
    keys_digest VARCHAR(64) NOT NULL,
    subjects BLOB NOT NULL,
    hold_epoch BIGINT NOT NULL,
    committed_ms BIGINT NOT NULL,
    previous VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    PRIMARY KEY (run_id, rule_id, shard, seq)
);

CREATE TABLE retention_lease (
    name VARCHAR(200) NOT NULL,
    owner VARCHAR(200) NOT NULL,
    token BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE retention_meta (
    id INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    dataset VARCHAR(80) NOT NULL,
    incarnation VARCHAR(36) NOT NULL,
    deployment VARCHAR(36) NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE retention_pool (
    name VARCHAR(80) NOT NULL,
    version INTEGER NOT NULL,
    size INTEGER NOT NULL,
    digest VARCHAR(64) NOT NULL,
    faker VARCHAR(40) NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE retention_pool_value (
    name VARCHAR(80) NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, version, position)
)
 WITHOUT ROWID;

CREATE TABLE retention_residue_digest (
    run_id VARCHAR(120) NOT NULL,
    rule_id VARCHAR(80) NOT NULL,
    table_name VARCHAR(128) NOT NULL,
    column_name VARCHAR(128) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    subject BLOB,
    digest BLOB NOT NULL,
    telling BOOLEAN NOT NULL
);

CREATE TABLE retention_set_aside (
    run_id VARCHAR(120) NOT NULL,
    rule_id VARCHAR(80) NOT NULL,
    seq BIGINT NOT NULL,
    reason VARCHAR(200) NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (run_id, rule_id, seq)
);

CREATE TABLE retention_stop (
    id INTEGER NOT NULL,
    since_ms BIGINT NOT NULL,
    stopped_by VARCHAR(200) NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (id)
);
