# Read by `bash --rcfile` in TeleClaude's terminals: runs your own ~/.bashrc, then makes the shell say where a command
# starts and ends. It says so in escape sequences that only the terminal's owner understands and takes out of the output.

# The secret comes in a file, because what /etc/bash.bashrc has started would have it in its environment.
# Nothing is exported: in a nested shell that inherits an exported PS1 the marks expand to nothing. `$$` is there for
# when everything is exported. In PS1 the count tells a new prompt from one that is drawn again.
{ IFS= read -r __tc_mark <"$TELECLAUDE_MARK_FILE"; command rm -f -- "$TELECLAUDE_MARK_FILE"; } 2>/dev/null
__tc_mark=$'\e]7331;'${__tc_mark-}';'
unset TELECLAUDE_MARK_FILE
__tc_bell=$'\a'
__tc_count=0
__tc_ps0='${__tc_mark:+$__tc_mark$$;s$__tc_bell}'
__tc_begin='\[${__tc_mark:+$__tc_mark$$;b;$((__tc_count+=1));$?;${PWD//[[:cntrl:]]/}$__tc_bell}\]'
__tc_prompt='\[${__tc_mark:+$__tc_mark$$;p;$__tc_count$__tc_bell}\]'

# The first and the last element of PROMPT_COMMAND. What `set -x` says of them goes where nobody reads it.
__tc_first='{ __tc_end; } 2>/dev/null'
__tc_last='{ __tc_wrap; } 2>/dev/null'

__tc_end() {
  local status=$?
  builtin printf '%s%s;e;%s;%s\a' "$__tc_mark" "$$" "$status" "${PWD//[[:cntrl:]]/}"
  # With `set -e` a function that fails would end the shell.
  case $- in *e*) return 0 ;; esac
  return "$status"
}

# Puts back what other code has replaced. Only one element is assigned: bash is walking the array.
__tc_wrap() {
  local status=$?
  case ${PS0-} in *__tc_mark*) ;; *) PS0=${PS0-}$__tc_ps0 ;; esac
  case ${PS1-} in *__tc_count*) ;; *) PS1=$__tc_begin${PS1-}$__tc_prompt ;; esac
  case ${PROMPT_COMMAND-} in *__tc_end*) ;; *) PROMPT_COMMAND=$__tc_first$'\n'${PROMPT_COMMAND-} ;; esac
  case $- in *e*) return 0 ;; esac
  return "$status"
}

# Every simple command of ours would fire a DEBUG trap, and what that prints would count as the command's output.
# A subshell does not fire it. It cannot set PS1 anew either, so it marks the prompt by itself.
__tc_first_untrapped='( builtin printf "%s%s;e;%s;%s\a" "$__tc_mark" "$$" "$?" "${PWD//[[:cntrl:]]/}" ) 2>/dev/null'
__tc_last_untrapped='( case ${PS1-} in *__tc_count*) ;; *) builtin printf "%s%s;p;\a" "$__tc_mark" "$$" ;; esac ) 2>/dev/null'

if [ -r ~/.bashrc ]; then . ~/.bashrc; fi

{
  # PS0 came with bash 4.4; without prompt expansion there is no place for the marks.
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)) && shopt -q promptvars; then
    if [ -n "$(trap -p DEBUG)" ]; then
      __tc_first=$__tc_first_untrapped
      __tc_last=$__tc_last_untrapped
    fi
    PS0=${PS0-}$__tc_ps0
    PS1=$__tc_begin${PS1-}$__tc_prompt
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
      PROMPT_COMMAND=("$__tc_first" ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"} "$__tc_last")
    else
      PROMPT_COMMAND=$__tc_first${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}$'\n'$__tc_last
    fi
  fi
} >/dev/null 2>&1

# Where there will be no marks this is said once, so that nobody waits for the first one.
{ case ${PS0-} in *__tc_mark*) ;; *) builtin printf '%s%s;n\a' "$__tc_mark" "$$" ;; esac; } 2>/dev/null
