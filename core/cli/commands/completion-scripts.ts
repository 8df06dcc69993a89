/** The shells that the command line can be completed in. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/**
 * What each shell is to read. They only ask the program, which knows every command, and run nothing of what it says: a
 * title is text to show. Notes are shown where several words could stand there.
 */
export const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  // bash 3.2 of macOS reads this, too: it has no compopt, and in a pattern within quotes no $'\t'.
  bash: String.raw`# bash completion for teleclaude: eval "$(teleclaude completion bash)"
_teleclaude() {
  local line tab=$'\t'
  local -a lines=()
  COMPREPLY=()
  while IFS= read -r line; do lines+=("$line"); done < <(
    "$1" __complete bash "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null
  )
  # Where nothing is offered, bash offers names of files; without compopt also where none are wanted.
  [ "${'$'}{lines[0]-}" = ':files' ] && return
  compopt +o default 2>/dev/null
  [ "${'$'}{#lines[@]}" -gt 0 ] || return
  # Notes are titles of whoever: only for the keys that show a list (!, ?, @), not for those that put entries into the line.
  case ${'$'}{COMP_TYPE-}:${'$'}{#lines[@]} in
    *:1) COMPREPLY=("${'$'}{lines[@]%%$tab*}") ;;
    33:* | 63:* | 64:*) COMPREPLY=("${'$'}{lines[@]//$tab/  -- }") ;;
    *) COMPREPLY=("${'$'}{lines[@]%%$tab*}") ;;
  esac
}
complete -o default -F _teleclaude teleclaude
`,
  zsh: String.raw`#compdef teleclaude
# zsh completion for teleclaude: source <(teleclaude completion zsh), after compinit
_teleclaude() {
  local line word
  local -a values displays
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      _files
      return
    fi
    word=${'$'}{line%%$'\t'*}
    values+=("$word")
    if [[ $line == *$'\t'* ]]; then
      displays+=("$word  -- ${'$'}{line#*$'\t'}")
    else
      displays+=("$word")
    fi
  done < <("${'$'}{(Q)words[1]}" __complete zsh "${'$'}{(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null)
  # -U: a session is found by its title, too, which its id does not begin with.
  (( ${'$'}#values )) && compadd -U -l -d displays -a values
}
if [[ ${'$'}{funcstack[1]-} == _teleclaude ]]; then
  _teleclaude "$@"
else
  compdef _teleclaude teleclaude
fi
`,
  fish: String.raw`# fish completion for teleclaude: teleclaude completion fish | source
function __teleclaude_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program __complete fish $words "$current" 2>/dev/null </dev/null)
        if test "$line" = ':files'
            __fish_complete_path "$current"
        else
            printf '%s\n' $line
        end
    end
end
complete -c teleclaude -f -a '(__teleclaude_complete)'
`,
}
