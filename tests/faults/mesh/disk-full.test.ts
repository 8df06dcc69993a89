import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sees, TestMesh } from '../../support/mesh.ts'
import { mayMountDisk, mountSmallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

/** Without a disk of their own the tests of refused requests still fill a database that SQLite bounds. */
const onDisk = test.skipIf(!mayMountDisk())

onDisk(
  'a computer whose disk is full refuses at once what it is asked, is answered itself, and does none of it later',
  async () => {
    const disk = mountSmallDisk(40)
    await using mesh = await TestMesh.start(['alpha'])
    const alpha = mesh.daemon('alpha')
    const beta = await mesh.join('beta', { stateDir: `${disk.path}/s` })
    await mesh.acquainted()
    const proof = join(beta.home, 'proof')
    const accepted: string[] = []
    /** Has beta leave a proof; settles with the error. */
    const ask = async (what: string) => {
      const command = `echo ${what} >> ${proof}`
      const input = { computer: 'beta', title: what, command, adapter_types: [] }
      const error = await alpha.call('session.start', input).then(
        () => null,
        thrown => thrown,
      )
      if (error === null) accepted.push(what)
      return error
    }
    const done = () => (existsSync(proof) ? readFileSync(proof, 'utf8').split('\n').slice(0, -1).sort() : [])
    expect(await ask('before')).toBeNull()

    disk.fill(64 * 1024)
    // Its own files may have some room left.
    let first: { code: string; message: string } | null = null
    for (let number = 0; !/Nothing was done/.test(first?.message ?? ''); number++)
      first = await ask(`fill-${number}`)
    const [refusals, answer] = await Promise.all([
      Promise.all(Array.from({ length: 50 }, (_, number) => ask(`refused-${number}`))),
      beta.call('session.list', { computer: 'alpha' }),
    ])
    expect(answer).toMatchObject({ sessions: [] })
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        code: expect.stringMatching(/^TC_ERR_(DISK_FULL|BUSY)$/),
        retryable: true,
      })
      expect(refusal.message).toMatch(/^'beta'.*Nothing was done/)
    }
    expect((await beta.status()).mesh?.counts.unrecorded).toBe(51)

    await beta.kill('SIGKILL')
    disk.makeRoom()
    await beta.start()
    await sees(alpha, 'beta')
    await until(async () => (await ask('after')) === null, 'a computer that knows the daemon there')
    await until(() => done().length >= accepted.length, 'what was accepted')
    expect(done()).toEqual(accepted.toSorted())
  },
)
