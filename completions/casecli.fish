# fish completion for casecli; made by: casecli completion fish
function __casecli_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($before[1] __complete "=$current" $before[2..] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c casecli -f -a '(__casecli_complete)'
