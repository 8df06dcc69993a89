/**
 * What asks the terminal something: device attributes and status, modes, window reports, colours, settings, ENQ.
 * Shown again later, the local terminal would answer into a program that no longer asks.
 */
const QUERIES =
  /\x1b\[[?>=]?[0-9;]*[cn]|\x1b\[\??[0-9;]*\$p|\x1b\[[0-9;]*t|\x1b\[>[0-9;]*q|\x1b\][0-9;]*;\?(?:\x07|\x1b\\)|\x1bP[+$]q[^\x1b]*\x1b\\|\x1bZ|\x05/g

/** Output of the past, as it can be shown again. */
export function withoutQueries(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return Buffer.from(text.replace(QUERIES, ''), 'latin1')
}
