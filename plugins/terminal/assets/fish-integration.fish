# Read by `fish --init-command` in TeleClaude's terminals, after your own files: makes the shell say where a command starts
# and ends. It says so in escape sequences that only the terminal's owner understands and takes out of the output.

# Nothing is exported: programs and nested shells know of no marks. The secret comes in a file, because whatever your own
# files have started would have it in its environment.
begin
    set -l secret
    read secret <$TELECLAUDE_MARK_FILE
    command rm -f -- $TELECLAUDE_MARK_FILE 2>/dev/null
    set -eg TELECLAUDE_MARK_FILE
    set -g __tc_mark \e']7331;'$secret';'$fish_pid';'
end

function __tc_say_end
    builtin printf '%se;%s;%s\a' $__tc_mark $argv[1] (builtin string replace --all --regex '[[:cntrl:]]' '' -- "$PWD")
end

function __tc_say_prompt
    __tc_say_end $argv[1]
    builtin printf '%sp\a' $__tc_mark
end

# What follows until the command runs is the title that fish sets for it, with `t`.
function __tc_define_start
    function __tc_start --on-event fish_preexec
        functions --erase __tc_interrupt
        set -l follows
        # A terminal that is said to be dumb has no title.
        test "$TERM" != dumb; and builtin functions --query fish_title; and set follows ';t'
        builtin printf '%ss%s\a' $__tc_mark "$follows"
    end
end

# After Ctrl-C fish shows the prompt again, or still, and says so to nobody. While somebody listens to this signal fish ends
# no command with it, so that is over before each. A version in which Ctrl-C is a key like others tells of it as it
# empties its line, and so does one that has heard the signal. It may do that later than it hears the signal, when new
# text is there already.
function __tc_define_interrupt
    function __tc_interrupt --on-signal INT
        set -g __tc_is_told 1
        commandline --function cancel-commandline
        __tc_say_prompt 130
    end
end

function __tc_cancel --on-event fish_cancel
    test "$__tc_is_told" = 1; or __tc_say_prompt 130
    set -g __tc_is_told 0
end

function __tc_end --on-event fish_postexec
    __tc_say_end $status
end

# An empty line runs nothing: then this is the only end. Handlers run in the order of their definition, so the start is
# defined anew before each command: what others print when they hear of it is not the command's output.
function __tc_prompt --on-event fish_prompt
    set -l code $status
    set -g __tc_is_told 0
    functions --erase __tc_start
    __tc_define_start
    __tc_define_interrupt
    __tc_say_prompt $code
end

# A line that cannot be parsed stays on fish's line, where it would be the beginning of whatever is typed next. As in other
# shells it is left above a new prompt.
function __tc_error --on-event fish_posterror
    set -g __tc_is_told 1
    commandline --function cancel-commandline
    __tc_say_prompt 127
end

# Handlers of your own files come after ours from here on, so that what they print is not the command's output.
for __tc_handler in (functions --handlers-type generic 2>/dev/null | string match --regex --groups-only '^fish_postexec (?!__tc_)(.+)$' 2>/dev/null)
    functions $__tc_handler | source
end
set -e __tc_handler
