# Read by zsh in TeleClaude's terminals, where ZDOTDIR names this folder: gives ZDOTDIR back, runs your own .zshenv, and
# makes the shell say where a command starts and ends, once your other files have run, which zsh reads by itself from
# where they are. It says so in escape sequences that only the terminal's owner understands and takes out of the output.

# Nothing is exported: programs and nested shells know of no marks. The secret comes in a file, because what /etc/zsh/zshenv
# has started would have it in its environment.
typeset -g +x __tc_mark=
{ IFS= read -r __tc_mark <$TELECLAUDE_MARK_FILE; command rm -f -- $TELECLAUDE_MARK_FILE } 2>/dev/null
__tc_mark=$'\e]7331;'$__tc_mark";$$;"
typeset -g +x __tc_bell=$'\a' __tc_file=${(%):-%x} __tc_fd= __tc_is_told=
unset TELECLAUDE_MARK_FILE
if [[ -n ${TELECLAUDE_ZDOTDIR+set} ]]; then export ZDOTDIR=$TELECLAUDE_ZDOTDIR; else unset ZDOTDIR; fi
unset TELECLAUDE_ZDOTDIR

# Who has no file of their own would be asked which ones to make, where nobody may be there to answer.
() {
  [[ -e $1/.zshenv || -e $1/.zprofile || -e $1/.zshrc || -e $1/.zlogin ]] ||
    zsh-newuser-install() { unfunction zsh-newuser-install; }
} ${ZDOTDIR-$HOME}

# Every function prints with its last or only command, so that a DEBUG trap says nothing behind a mark. What `set -x` says
# goes where nobody reads it, and with `set -e` nothing here may fail.

# First in precmd_functions. A copy of it is in PROMPT_EOL_MARK, which zsh prints before all hooks, so that neither the
# inverse % of a line without an end nor what other hooks print counts as the command's output. The first of both is heard.
__tc_end() {
  { __tc_say_end $?; } 2>/dev/null
}

__tc_say_end() {
  builtin print -rn -- "${__tc_mark}e;$1;${PWD//[[:cntrl:]]/}$__tc_bell" >$TTY || :
}

__tc_early() {
  {
    typeset __tc_code=$?
    __tc_say_end $__tc_code
    __tc_prompt
    [[ -o err_exit ]] || builtin return $__tc_code
  } 2>/dev/null
}

# Last in preexec_functions.
__tc_start() {
  {
    __tc_close
    __tc_is_told=
    # Whatever the command does to the hooks, they are put back before the next prompt.
    builtin sched +0 '{ __tc_heal; } 2>/dev/null' || :
    builtin print -rn -- "${__tc_mark}s$__tc_bell" >$TTY || :
  } 2>/dev/null
}

# Last in precmd_functions.
__tc_last() {
  { __tc_place; __tc_prompt; } 2>/dev/null
}

# The line editor hears of a file that can be read as soon as it takes keys: that is when the prompt is there.
__tc_prompt() {
  __tc_close
  __tc_is_told=1
  if [[ -o zle ]] && builtin exec {__tc_fd}<$__tc_file && builtin zle -F $__tc_fd __tc_ready; then :; else __tc_say_prompt; fi
}

__tc_ready() {
  # A hook that takes the others away has done so by now.
  { __tc_close; __tc_place; __tc_say_prompt; } 2>/dev/null
}

__tc_say_prompt() {
  builtin print -rn -- "${__tc_mark}p$__tc_bell" >$TTY || :
}

__tc_close() {
  [[ -n $__tc_fd ]] || builtin return 0
  builtin zle -F $__tc_fd || :
  builtin exec {__tc_fd}<&- || :
  __tc_fd=
}

# Puts the hooks where they belong; other code adds to these arrays, or replaces them.
__tc_place() {
  builtin emulate -L zsh
  [[ ${precmd_functions[1]-} == __tc_end && ${precmd_functions[-1]-} == __tc_last ]] ||
    typeset -ga precmd_functions=(__tc_end ${precmd_functions:#__tc_(end|last|heal)} __tc_last)
  [[ ${preexec_functions[-1]-} == __tc_start ]] ||
    typeset -ga preexec_functions=(${preexec_functions:#__tc_start} __tc_start)
  [[ ${PROMPT_EOL_MARK-} == *$__tc_mark* ]] ||
    typeset -g +x PROMPT_EOL_MARK="%{${__tc_mark}e;%?;%/$__tc_bell%}${PROMPT_EOL_MARK-%B%S%#%s%b}"
  # Without PROMPT_SP nothing is printed before a function of this name, which may also take the hooks away each time.
  if [[ ! -o prompt_sp || ! -o prompt_cr || ${functions[precmd]-} == *precmd_functions* ]] &&
    [[ ${functions[precmd]-} != (|*__tc_early*|*autoload -X*) ]]; then
    functions[precmd]="__tc_early"$'\n'"${functions[precmd]}"
  fi
}

# At the first prompt, and where the hooks did not survive a command. Not while the line editor runs within a command.
__tc_heal() {
  {
    typeset __tc_code=$?
    builtin zle || { [[ -n $__tc_is_told ]] || { __tc_place; __tc_prompt; }; }
    # What the prompt shows, and the next command sees.
    [[ -o err_exit ]] || builtin return $__tc_code
  } 2>/dev/null
}

{
  if [[ -r ${ZDOTDIR-$HOME}/.zshenv ]]; then builtin source ${ZDOTDIR-$HOME}/.zshenv; fi
} always {
  'builtin' 'typeset' '-ga' 'precmd_functions' 'preexec_functions'
  # A schedule is kept before each prompt, whatever other code does to the hooks.
  'builtin' 'sched' '+0' '{ __tc_heal; } 2>/dev/null' 2>/dev/null || precmd_functions+=('__tc_heal')
}
