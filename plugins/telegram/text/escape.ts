const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as Telegram's HTML: it is shown as it is, whatever is in it. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, char => ESCAPES[char] ?? char)
}

/** A monospace block; with a language (`ts`, `bash` …), clients colour it. */
export function renderPre(text: string, language?: string): string {
  const name = language?.toLowerCase().match(/^[a-z0-9+#._-]{1,32}/)?.[0]
  if (!name) return `<pre>${escapeHtml(text)}</pre>`
  return `<pre><code class="language-${name}">${escapeHtml(text)}</code></pre>`
}
