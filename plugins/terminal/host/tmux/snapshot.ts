import { runTmux, type TmuxServer } from './server.ts'

/** What is on a pane's screen now, as output that draws it. Not by control mode, in which a screen could pass for answers. */
export async function snapshot(server: TmuxServer, pane: string): Promise<Buffer> {
  const [where, screen] = await Promise.all([
    runTmux(server, 'display-message', '-p', '-t', pane, '#{cursor_x} #{cursor_y} #{alternate_on}'),
    runTmux(server, 'capture-pane', '-p', '-e', '-t', pane),
  ])
  const [column = 0, row = 0, isAlternate] = where.trim().split(' ').map(Number)
  const enter = isAlternate ? '\x1b[?1049h' : ''
  const lines = screen.replace(/\n+$/, '').replaceAll('\n', '\r\n')
  return Buffer.from(`${enter}\x1b[H\x1b[2J${lines}\x1b[0m\x1b[${row + 1};${column + 1}H`)
}
