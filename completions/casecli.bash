# bash completion for casecli; made by: casecli completion bash
_casecli() {
    # Bash splits words at = and :, which refs like vendor:4711 may hold. Join them.
    local -a words=()
    local i piece gap line="$COMP_LINE" seen=0
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece="${COMP_WORDS[i]}"
        gap="${line%%[! ]*}"
        line="${line#"$gap"}"
        line="${line#"$piece"}"
        if ((i > 1)) && [[ -z $gap && $seen -eq 1 ]]; then
            words[${#words[@]} - 1]+="$piece"
        else
            words+=("$piece")
        fi
        seen=1
    done
    local current="${words[${#words[@]} - 1]}"
    local glued="${current%"${COMP_WORDS[COMP_CWORD]}"}"
    case "${COMP_WORDS[COMP_CWORD]}" in
    [=:]) glued="$current" ;;
    esac
    local value help
    COMPREPLY=()
    while IFS=$'\t' read -r value help; do
        [[ -z $value ]] && continue
        # What stands before the last = or : is not Bash's to replace.
        COMPREPLY+=("${value#"$glued"}")
    done < <("${words[0]}" __complete "=$current" "${words[@]:1:${#words[@]}-2}" 2>/dev/null)
}
complete -o default -F _casecli casecli
