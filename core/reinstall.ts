/** What to type where a package of this program is missing or of another Node.js. */
export const REINSTALL = 'Install again: npm ci (in a checkout) or npm install --global teleclaude'
