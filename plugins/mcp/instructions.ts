/** What a model is told of this server before it sees a tool. */
export const instructions = `\
TeleClaude runs terminals on this computer and on others that are connected to it.

A session is one terminal that stays: a shell (or another program) with its own folder and environment, which people can watch and type in too. Everything it prints is kept and can be read again.

- One command, and nothing to keep: teleclaude__run. Its result has the output and the exit code.
- Several commands that build on each other, a REPL, a server, a program that asks questions: teleclaude__start_session once, then teleclaude__send for each command, and teleclaude__end_session when done.
- Start sessions elsewhere by naming a computer from teleclaude__list_computers; a session_id alone says where it runs.

teleclaude__send and teleclaude__run wait until the command has ended, at most wait_ms. "complete": true means it ended, and completed_by says how that is known: "mark" and "exit" are certain and come with exit_code; "quiet" only means that nothing more was printed for a while. "complete": false means it still runs: nothing is lost and nothing needs to be sent again. Go on with teleclaude__read, giving the returned cursor as since, and again with each new cursor; give wait_ms to wait for more.

Long output comes as its head and tail; "dropped" has two cursors, from and to, between which teleclaude__read (since, until) has the rest.

To stop a command: teleclaude__interrupt. To answer a menu or leave a pager: teleclaude__keys. To see a full-screen program: teleclaude__read with format "screen". Cancelling a tool call stops the waiting, not the command.

Errors begin with a TC_ERR_ code. TC_ERR_NOT_RUNNING means that the daemon is down; the tools work again by themselves once it runs.
`
