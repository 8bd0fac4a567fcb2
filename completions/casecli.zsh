#compdef casecli
# zsh completion for casecli; made by: casecli completion zsh
_casecli() {
    local -a lines items
    local line value said
    lines=("${(@f)$(${words[1]} __complete "=${words[CURRENT]}" "${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
    for line in $lines; do
        value="${line%%$'\t'*}"
        said="${line#"$value"}"
        [[ -n $value ]] && items+=("${value//:/\\:}:${said#$'\t'}")
    done
    if (( $#items )); then
        _describe -V 'casecli' items
    else
        _files
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _casecli "$@"
else
    compdef _casecli casecli
fi
