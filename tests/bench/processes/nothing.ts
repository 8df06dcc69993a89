/** A Node.js that has started and waits. */
process.stdout.write('ready\n')
process.stdin.on('end', () => process.exit()).resume()
