/** What the mesh counts, where the name of a count does not say it. */
const WORDS: Readonly<Record<string, string>> = {
  sent_unknown: 'perhaps sent',
  dead: 'dead letters',
  lost: 'lost unread',
  unrecorded: 'not written down',
  served_served: 'served',
  served_running: 'being served',
  served_repeated: 'repeated',
  requests_waiting: 'waiting for an answer',
  requests_resent: 'sent again',
  requests_late: 'late answers',
  answers_on_the_way: 'answers on the way',
  answers_given_up: 'answers given up',
}

/** What has passed between the computers and what has not, since the daemon began: `12 sent, 10 received, 1 expired`. */
export function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => `${amount} ${WORDS[name] ?? name.replaceAll('_', ' ')}`)
    .join(', ')
}
