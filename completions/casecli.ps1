# PowerShell completion for casecli; made by: casecli completion powershell
Register-ArgumentCompleter -Native -CommandName casecli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        Select-Object -Skip 1 |
        ForEach-Object { $_.ToString() })
    casecli __complete "=$wordToComplete" @before 2>$null | ForEach-Object {
        $value, $said = $_ -split "`t", 2
        if (-not $said) { $said = $value }
        [System.Management.Automation.CompletionResult]::new(
            $value, $value, 'ParameterValue', $said)
    }
}
