import type { PeerFacts } from '../../mesh/peer-operations.ts'
import type { Cli } from '../context.ts'
import { neutralise } from '../neutralise.ts'
import type { Style } from '../streams.ts'
import { count, inTime } from './amounts.ts'
import { renderFacts } from './facts.ts'
import { renderTable } from './table.ts'

const STATUS_STYLE: Readonly<Record<PeerFacts['status'], Style>> = {
  online: 'green',
  offline: 'dim',
  incompatible: 'yellow',
  refused: 'red',
  revoked: 'red',
}

interface Listing {
  readonly fingerprint: string | null
  readonly peers: readonly PeerFacts[]
  readonly strangers: number
}

/** What a person compares comes first, then everyone in a line, then what is wrong in full. */
export function renderPeers({ fingerprint, peers, strangers }: Listing, cli: Cli): string {
  return [
    fingerprint === null ? '' : `This computer's key is ${fingerprint}\n\n`,
    peers.length === 0 ? 'No other computers were seen yet.\n' : tableOf(peers, cli),
    ...peers.filter(({ problem }) => problem !== null).map(peer => problemOf(peer, cli)),
    strangers === 0 ? '' : `\n${count(strangers, 'computer')} there with another mesh secret.\n`,
  ].join('')
}

export function renderPeer(peer: PeerFacts & { readonly advice?: string }, cli: Cli): string {
  const { advice } = peer
  const facts = renderFacts(
    {
      computer: peer.name,
      status: peer.status,
      allow: allowed(peer),
      fingerprint: peer.fingerprint,
      refused: peer.refused_fingerprint,
      version: peer.version,
      'last seen': seen(peer, cli),
      problem: peer.problem,
    },
    cli,
  )
  return advice ? `${facts}\n${neutralise(advice)}\n` : facts
}

function tableOf(peers: readonly PeerFacts[], cli: Cli): string {
  return renderTable(
    peers,
    [
      { title: 'COMPUTER', of: peer => peer.name },
      { title: 'STATUS', of: peer => peer.status, style: peer => STATUS_STYLE[peer.status] },
      { title: 'ALLOW', of: allowed },
      { title: 'SEEN', of: peer => seen(peer, cli) },
      { title: 'CLOCK', of: skew },
      { title: 'KEY', of: peer => peer.fingerprint },
    ],
    cli,
  )
}

function problemOf({ name, problem }: PeerFacts, { style }: Cli): string {
  return `\n${style('bold', neutralise(name))}: ${neutralise(problem ?? '')}\n`
}

function allowed({ allow }: PeerFacts): string {
  return allow === '*' ? 'everything' : allow.join(', ') || 'nothing'
}

function seen({ last_seen }: PeerFacts, { clock }: Cli): string {
  return `${inTime(clock.now() - last_seen)} ago`
}

function skew({ clock_skew_ms: ms }: PeerFacts): string {
  if (ms === null) return '–'
  const seconds = (Math.abs(ms) / 1000).toFixed(1)
  if (seconds === '0.0') return 'same'
  return `${seconds} s ${ms < 0 ? 'behind' : 'ahead'}`
}
