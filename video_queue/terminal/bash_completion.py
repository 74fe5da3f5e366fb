"""The script with which bash completes `vq`: Typer's leaves the words to bash, which parts them at `=` and `:`.

https://www.gnu.org/software/bash/manual/html_node/Bash-Variables.html describes COMP_LINE and COMP_WORDBREAKS.
"""

from typer import _completion_shared

# The line up to the cursor is sent as fish sends it; values come one a line, with their help behind a tab. Of a value
# bash replaces only what follows the last word break, and NAME= and state: wait for a value instead of a space.
_SCRIPT = r"""
%(complete_func)s() {
    local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" typed breaks='' before='' value
    typed="${line##*[[:space:]]}"
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+="="
    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=":"
    [[ $breaks && $typed == *[$breaks]* ]] && before="${typed%%"${typed##*[$breaks]}"}"
    COMPREPLY=()
    for value in $(%(autocomplete_var)s=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \
                   _TYPER_COMPLETE_ARGS="$line" "$1" 2>/dev/null | cut -f 1); do
        value="${value#"$before"}"
        [[ $typed == *[\"\']* ]] || printf -v value %%q "$value"
        COMPREPLY+=("$value")
    done
    [[ ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2>/dev/null
    return 0
}

complete -o default -F %(complete_func)s %(prog_name)s
"""


def use_own_script() -> None:
    """Let `--install-completion` and `--show-completion` give this script for bash."""
    _completion_shared._completion_scripts["bash"] = _SCRIPT  # noqa: SLF001 - there is no other way in
