import Database from 'better-sqlite3'

/** A table like the journal's, with nothing around it. */
export function openBareTable(file: string) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, at INTEGER, kind TEXT, data BLOB)')
  const insert = db.prepare('INSERT INTO entries (at, kind, data) VALUES (?, ?, ?)')
  const many = db.transaction((rows: number, data: Buffer) => {
    for (let row = 0; row < rows; row++) insert.run(row, 'output', data)
  })
  const read = db.prepare('SELECT * FROM entries LIMIT ?')
  return {
    async insertAlone(rows: number, data: Buffer) {
      for (let row = 0; row < rows; row++) insert.run(row, 'output', data)
    },
    async insertBatches(batches: number, rows: number, data: Buffer) {
      for (let batch = 0; batch < batches; batch++) many(rows, data)
    },
    async readAll(rows: number) {
      for (const _row of read.iterate(rows));
    },
    [Symbol.dispose]: () => void db.close(),
  }
}
