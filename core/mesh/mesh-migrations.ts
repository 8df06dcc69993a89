/** The tables of {@link createMeshStore}. Those of requests and of sessions elsewhere have owners of their own. */
export const MESH_MIGRATIONS: readonly string[] = [
  `CREATE TABLE mesh_self (
     only INTEGER PRIMARY KEY CHECK (only = 1),
     instance TEXT NOT NULL,
     epoch TEXT NOT NULL,
     boots TEXT NOT NULL
   );
   CREATE TABLE mesh_peers (
     name TEXT PRIMARY KEY,
     public_key BLOB NOT NULL,
     allow TEXT NOT NULL,
     is_revoked INTEGER NOT NULL,
     refused_key BLOB,
     first_seen REAL NOT NULL,
     last_seen REAL NOT NULL,
     heartbeat TEXT
   ) WITHOUT ROWID;
   CREATE TABLE mesh_secrets (
     value TEXT PRIMARY KEY,
     until REAL NOT NULL
   ) WITHOUT ROWID`,
]
