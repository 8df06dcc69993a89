import { afterAll, beforeAll } from 'vitest'
import { type DaemonSetup, TestDaemon } from './daemon.ts'
import { type RedisOptions, type RedisServer, startRedis } from './redis-server.ts'
import { until } from './until.ts'

export const SECRET = 'a secret of the tests that is long enough for a mesh'

/** As often as may be, so that computers soon see each other come and go; how long one lasts is as by default. */
const HEARTBEAT_MS = 1000

export interface MeshSetup {
  readonly redis?: RedisOptions
  /** Options of the redis plugin. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly secret?: string
  /** What else the mesh section of the configuration says. */
  readonly mesh?: Readonly<Record<string, unknown>>
}

/** A computer of a test: see {@link TestDaemon}. */
export function meshDaemon(name: string, url: string, setup: MeshSetup & DaemonSetup = {}): TestDaemon {
  const { options, secret = SECRET, mesh, plugins = ['terminal', 'registry', 'mcp'], config, ...rest } = setup
  return new TestDaemon({
    ...rest,
    plugins: [...plugins, ['redis', { url, heartbeatMs: HEARTBEAT_MS, ...options }]],
    config: { computer: { name }, mesh: { secret, ...mesh }, ...config },
  })
}

/** Several computers with a Redis between them. */
export class TestMesh implements AsyncDisposable {
  readonly redis: RedisServer
  readonly #daemons = new Map<string, TestDaemon>()
  readonly #setup: MeshSetup & DaemonSetup

  private constructor(redis: RedisServer, setup: MeshSetup & DaemonSetup) {
    this.redis = redis
    this.#setup = setup
  }

  /** Started, and known to each other. */
  static async start(names: readonly string[], setup: MeshSetup & DaemonSetup = {}): Promise<TestMesh> {
    const mesh = new TestMesh(await startRedis(setup.redis), setup)
    try {
      await Promise.all(names.map(name => mesh.join(name)))
      await mesh.acquainted()
      return mesh
    } catch (error) {
      await mesh[Symbol.asyncDispose]()
      throw error
    }
  }

  /** One mesh for all tests of a file. */
  static forFile(names: readonly string[], setup: MeshSetup & DaemonSetup = {}): () => TestMesh {
    let mesh: TestMesh | undefined
    beforeAll(async () => {
      mesh = await TestMesh.start(names, setup)
    })
    afterAll(() => mesh?.[Symbol.asyncDispose]())
    return () => {
      if (!mesh) throw new Error('the mesh is started before the first test')
      return mesh
    }
  }

  async join(
    name: string,
    setup: MeshSetup & DaemonSetup & { readonly url?: string } = {},
  ): Promise<TestDaemon> {
    const daemon = meshDaemon(name, setup.url ?? this.redis.url, { ...this.#setup, ...setup })
    this.#daemons.set(name, daemon)
    await daemon.start()
    return daemon
  }

  daemon(name: string): TestDaemon {
    const daemon = this.#daemons.get(name)
    if (!daemon) throw new Error(`no computer ${name} in this mesh`)
    return daemon
  }

  /** Settles when every computer sees every other one. */
  async acquainted(): Promise<void> {
    const names = [...this.#daemons.keys()]
    for (const name of names)
      for (const other of names) if (other !== name) await sees(this.daemon(name), other)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons.values()) await daemon.end()
    await this.redis[Symbol.asyncDispose]()
  }
}

/** Settles when one computer has another one in its list with that status. */
export async function sees(daemon: TestDaemon, other: string, status = 'online'): Promise<void> {
  await until(
    async () => (await computersOf(daemon)).some(one => one.name === other && one.status === status),
    `${other} is ${status}`,
    20_000,
  )
}

export async function computersOf(daemon: TestDaemon) {
  const { computers } = await daemon.call<{
    computers: readonly { readonly name: string; readonly status: string; readonly problem: string | null }[]
  }>('computers.list')
  return computers
}
