import { Argument } from 'commander'
import type { ParsedVerb } from '../verb.ts'
import { SCRIPTS, SHELLS } from './completion-scripts.ts'

export const completion: ParsedVerb = {
  configure(command) {
    command
      .addArgument(new Argument('<shell>', 'the shell that is to complete').choices(SHELLS))
      .addHelpText(
        'after',
        [
          '',
          'To have it in every shell:',
          `  bash   echo 'eval "$(teleclaude completion bash)"' >> ~/.bashrc`,
          "  zsh    echo 'source <(teleclaude completion zsh)' >> ~/.zshrc     (after compinit)",
          '  fish   teleclaude completion fish > ~/.config/fish/completions/teleclaude.fish',
          '',
          "What is completed is the command 'teleclaude', which has to be on PATH; 'npx teleclaude' is not.",
        ].join('\n'),
      )
  },
  async run({ args: [shell] }, cli) {
    // One of the choices.
    await cli.print(SCRIPTS[shell as (typeof SHELLS)[number]])
    return undefined
  },
}
