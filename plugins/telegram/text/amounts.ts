/** How long something took: "0.4 s", "12 s", "3 min 4 s", "2 h 5 min", "3 d 4 h". */
export function durationText(ms: number): string {
  return `${Math.round(ms / 1000)} s`
}

/** How large something is: "812 B", "1.2 MB". */
export function sizeText(bytes: number): string {
  return `${bytes} B`
}
