import { expect, test } from 'vitest'
import { type Peer, TeleclaudeError } from '../../../core/index.ts'
import { FakeClock } from '../../../core/testing/index.ts'
import { createPeerProjects } from '../../../plugins/registry/peer-projects.ts'
import { samplePeer } from './sample-peer.ts'

const MINUTE = 60_000

/** The projects of `workstation`, which are announced with its heartbeat. */
function projectsOf() {
  const clock = new FakeClock()
  let peer: Peer | undefined
  let asked = 0
  let answer = async () => ({ computer: 'liar', projects: [], digest: 'one' })
  const announce = (digest: string, change: Partial<Peer> = {}) => {
    peer = samplePeer({ projects_digest: digest }, change)
  }
  announce('one')
  const projects = createPeerProjects({ mesh: { peers: () => (peer ? [peer] : []) }, clock })
  const list = () =>
    projects.list('workstation', () => {
      asked++
      return answer()
    })
  return {
    clock,
    announce,
    list,
    asked: () => asked,
    answerWith(digest: string) {
      answer = async () => ({ computer: 'liar', projects: [], digest })
    },
    failWith(code: 'TC_ERR_TIMEOUT' | 'TC_ERR_FORBIDDEN') {
      answer = async () => {
        throw new TeleclaudeError(code, 'no')
      }
    },
  }
}

test('a computer is asked once while it announces no change', async () => {
  const { list, asked, clock } = projectsOf()
  const first = await list()
  expect(first).toEqual({
    computer: 'workstation',
    projects: [],
    digest: 'one',
    fetched_at: clock.now(),
    stale: false,
  })
  await clock.advance(9 * MINUTE)
  expect(await list()).toEqual(first)
  expect(asked()).toBe(1)
  await clock.advance(MINUTE)
  await list()
  expect(asked()).toBe(2)
})

test('all who want to know at the same time get one answer', async () => {
  const { list, asked } = projectsOf()
  await Promise.all([list(), list(), list()])
  expect(asked()).toBe(1)
})

test('one that announces a change is asked again, but not more often than every ten seconds', async () => {
  const { list, asked, clock, announce, answerWith } = projectsOf()
  await list()
  announce('two')
  answerWith('two')
  await clock.advance(9999)
  expect(await list()).toMatchObject({ digest: 'one', stale: true })
  await clock.advance(1)
  expect(await list()).toMatchObject({ digest: 'two', stale: false })
  expect(asked()).toBe(2)
})

test('a list that is newer than the announcement is fresh', async () => {
  const { list, asked, clock, answerWith } = projectsOf()
  answerWith('two')
  await list()
  await clock.advance(20_000)
  expect(await list()).toMatchObject({ digest: 'two', stale: false })
  expect(asked()).toBe(1)
})

test('while it is offline, or does not answer, what is known is shown as what it is', async () => {
  const { list, asked, clock, announce, failWith } = projectsOf()
  const { fetched_at } = await list()
  announce('two', { status: 'offline' })
  await clock.advance(MINUTE)
  expect(await list()).toMatchObject({ digest: 'one', fetched_at, stale: true })
  expect(asked()).toBe(1)
  announce('two')
  failWith('TC_ERR_TIMEOUT')
  expect(await list()).toMatchObject({ digest: 'one', fetched_at, stale: true })
  expect(asked()).toBe(2)
})

test('what it refuses is not shown from memory', async () => {
  const { list, clock, announce, failWith } = projectsOf()
  await list()
  announce('two')
  failWith('TC_ERR_FORBIDDEN')
  await clock.advance(MINUTE)
  await expect(list()).rejects.toMatchObject({ code: 'TC_ERR_FORBIDDEN' })
})

test('without anything to show, the failure is told, and the next caller asks again', async () => {
  const { list, answerWith, failWith } = projectsOf()
  failWith('TC_ERR_TIMEOUT')
  await expect(list()).rejects.toMatchObject({ code: 'TC_ERR_TIMEOUT' })
  answerWith('one')
  expect(await list()).toMatchObject({ stale: false })
})
