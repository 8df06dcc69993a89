import { rmSync } from 'node:fs'
import type { Clock } from '../../../../core/index.ts'
import type { CarrierListener, OpenCarrier } from '../carrier.ts'
import type { AdoptRequest, ProgramExit, SpawnRequest, TmuxSettings } from '../protocol.ts'
import { attach } from './attach.ts'
import type { ControlClient } from './control-client.ts'
import { type PaneFacts, paneFacts } from './facts.ts'
import { inTime } from './in-time.ts'
import { endClient, removeLeftovers, removePipes, removeSocketSoon } from './leftovers.ts'
import { startOwnServer } from './own-server.ts'
import { TmuxPane } from './pane.ts'
import { endOfAdopted, endOfOurs } from './pane-end.ts'
import { PanePipe } from './pane-pipe.ts'
import {
  forgetRecord,
  makePaneFolder,
  type PaneRecord,
  paneFolder,
  readRecords,
  socketOf,
  writeRecord,
} from './pane-record.ts'
import { quoted } from './quoted.ts'
import { runTmux, type TmuxServer } from './server.ts'
import { snapshot } from './snapshot.ts'
import { startPath } from './start-file.ts'

/** The daemon waits a little longer. */
const RECOVER_MS = 4_000
/** How long the program of a pane that was found too late may take to end. */
const LATE_GRACE_MS = 3_000

/** A pane that can be opened as a terminal. */
export interface FoundPane {
  readonly record: PaneRecord
  /** Where its program was when it was found. */
  readonly cwd: string
  readonly open: OpenCarrier
}

/** The panes of tmux that are sessions of this computer. */
export class TmuxPanes {
  readonly #folder: string
  readonly #clock: Clock
  readonly #used = new Map<string, string>()

  constructor(stateFolder: string, clock: Clock) {
    this.#folder = paneFolder(stateFolder)
    this.#clock = clock
  }

  /** Starts a program in a pane of a new server. @throws with what tmux says */
  async start(request: SpawnRequest, settings: TmuxSettings): Promise<FoundPane> {
    makePaneFolder(this.#folder)
    const server = { program: settings.program, socket: socketOf(this.#folder, request.id) }
    const pipe = await PanePipe.open(this.#folder)
    try {
      const { control, facts, pid } = await startOwnServer(this.#folder, request, settings, pipe, this.#clock)
      const { cols, rows } = request
      const found = { ...facts, cols, rows }
      return this.#found({ ...request, pid }, server, found, false, { control, pipe, screen: null })
    } catch (error) {
      pipe.close()
      await runTmux(server, 'kill-server').catch(() => {})
      removeSocketSoon(server.socket, this.#clock)
      throw new Error(`tmux: ${(error as Error).message}`, { cause: error })
    } finally {
      rmSync(startPath(this.#folder, request.id), { force: true })
    }
  }

  /** Takes up a pane of somebody's own server. @throws with what tmux says, or why not */
  async adopt(request: AdoptRequest): Promise<FoundPane> {
    makePaneFolder(this.#folder)
    const { program, socket, target } = request.tmux
    const server = { program, socket }
    const facts = await paneFacts(server, target)
    this.#checkFree(server, facts)
    this.#used.set(keyOf(facts), request.id)
    try {
      return await this.#take({ ...request, pid: facts.leader }, server, facts, true)
    } catch (error) {
      this.#used.delete(keyOf(facts))
      throw error
    }
  }

  #checkFree(server: TmuxServer, facts: PaneFacts): void {
    const user = this.#used.get(keyOf(facts))
    if (user) throw new Error(`this pane is session ${user} already`)
    if (facts.isDead) throw new Error(`the program of pane ${facts.pane} has ended`)
    if (facts.isPiped) {
      const how = `tmux -S ${server.socket} pipe-pane -t ${facts.pane}`
      throw new Error(
        `the output of pane ${facts.pane} goes to a pipe of somebody else's. End that with: ${how}`,
      )
    }
  }

  /** The panes that an earlier host left. Those whose program has ended say how when they are opened. */
  async recover(): Promise<readonly FoundPane[]> {
    removePipes(this.#folder)
    const records = readRecords(this.#folder)
    const found = await Promise.all(records.map(record => this.#recoverOne(record)))
    const kept = new Set(found.map(pane => pane?.record.id ?? ''))
    removeLeftovers(this.#folder, kept, this.#clock)
    return found.filter(pane => pane !== null)
  }

  /** Null where the server is gone, as after a restart of the computer: the daemon knows best what that means. */
  async #recoverOne(record: PaneRecord): Promise<FoundPane | null> {
    const finding = this.#find(record)
    try {
      return await inTime(this.#clock, RECOVER_MS, finding)
    } catch {
      // By then its session is known to have ended.
      finding.then(({ open }) => open(NOBODY).close(LATE_GRACE_MS, false)).catch(() => {})
      forgetRecord(this.#folder, record.id)
      return null
    }
  }

  async #find(record: PaneRecord): Promise<FoundPane> {
    await endClient(record)
    const end = await (record.isAdopted ? endOfAdopted : endOfOurs)(record)
    if (end && isKnown(end)) return this.#ended(record, end)
    if (end) throw new Error(end.failure ?? 'it is gone')
    const facts = await paneFacts(record, record.pane)
    if (facts.leader !== record.leader) throw new Error('another program runs in it now')
    return await this.#take(record, record, facts, record.isAdopted)
  }

  #ended(record: PaneRecord, exit: ProgramExit): FoundPane {
    const open = (listener: CarrierListener) => {
      setImmediate(() => {
        this.#forget(record)
        listener.onExit(exit)
      })
      return { ...NOTHING, pid: record.pid, tty: record.tty }
    }
    return { record, cwd: '', open }
  }

  async #take(
    request: Pick<PaneRecord, 'id' | 'retention' | 'meta' | 'pid'>,
    server: TmuxServer,
    facts: PaneFacts,
    isAdopted: boolean,
  ): Promise<FoundPane> {
    const pipe = await PanePipe.open(this.#folder)
    const control = await attach(this.#folder, server, facts.session, isAdopted).catch(error => {
      pipe.close()
      throw error
    })
    try {
      await control.ask(`pipe-pane -O -t ${facts.pane} ${quoted(pipe.command)}`)
      const screen = await snapshot(server, facts.pane)
      const found = this.#found(request, server, facts, isAdopted, { control, pipe, screen })
      return found
    } catch (error) {
      pipe.close()
      control.close()
      throw error
    }
  }

  #found(
    { id, retention, meta, pid }: Pick<PaneRecord, 'id' | 'retention' | 'meta' | 'pid'>,
    { program, socket }: TmuxServer,
    facts: PaneFacts,
    isAdopted: boolean,
    carried: { control: ControlClient; pipe: PanePipe; screen: Buffer | null },
  ): FoundPane {
    const { pane, leader, tty, cols, rows, server, version } = facts
    const record = {
      id,
      program,
      socket,
      server,
      pane,
      pid,
      leader,
      client: carried.control.pid,
      tty,
      cols,
      rows,
      isAdopted,
      retention,
      meta,
    }
    writeRecord(this.#folder, record)
    this.#used.set(keyOf(facts), id)
    const links = {
      forget: () => this.#forget(record),
      reconnect: () => this.#reconnect(record),
      openPipe: () => PanePipe.open(this.#folder),
    }
    const open = (listener: CarrierListener) =>
      new TmuxPane({ record, version, ...carried, ...links }, this.#clock, listener)
    return { record, cwd: facts.cwd, open }
  }

  /** Where the pane is now: a person may have moved it. @throws where it is nowhere */
  async #reconnect(record: PaneRecord): Promise<ControlClient> {
    const { server, session } = await paneFacts(record, record.pane)
    if (server !== record.server) throw new Error('the tmux server is another one now')
    const control = await attach(this.#folder, record, session, record.isAdopted)
    // It may have been forgotten meanwhile.
    if (this.#used.get(keyOf(record)) === record.id)
      writeRecord(this.#folder, { ...record, client: control.pid })
    return control
  }

  #forget(record: PaneRecord): void {
    this.#used.delete(keyOf(record))
    forgetRecord(this.#folder, record.id)
    if (!record.isAdopted) removeSocketSoon(record.socket, this.#clock)
  }
}

/** Hears of a pane that is nobody's any more. */
const NOBODY: CarrierListener = {
  onOutput() {},
  onExit() {},
  onInputTaken() {},
  onResized() {},
  onUnstoppable() {},
  onUnread() {},
}

/** A pane that has ended takes and does nothing. */
const NOTHING = {
  input: { write() {}, awaitEcho: (_ms: number, onOver: () => void) => onOver(), echoed() {} },
  pause() {},
  resume() {},
  resize() {},
  close() {},
}

function isKnown({ exitCode, signal, failure }: ProgramExit): boolean {
  return failure === undefined && (exitCode !== null || signal !== null)
}

function keyOf({ server, pane }: Pick<PaneFacts, 'server' | 'pane'>): string {
  return `${server} ${pane}`
}
