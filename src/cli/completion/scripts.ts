/*
 * What `dblab completion SHELL` prints. The scripts know no command: they ask the program with the words that
 * are typed, by `dblab __complete -- WORDS`, which answers a candidate a line (with a tab and a word about it),
 * or ":files".
 */

const bash = `# dblab completion for bash: source <(dblab completion bash)
_dblab() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
  done < <("\${1/#\\~/$HOME}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _dblab dblab
`;

const zsh = `#compdef dblab
# dblab completion for zsh: source <(dblab completion zsh), or keep it as _dblab in a folder of $fpath
_dblab() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${(Q)words[1]/#\\~/$HOME}" __complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  _describe 'dblab' found
}
if [[ \${funcstack[1]} == _dblab ]]; then
  _dblab "$@"
else
  compdef _dblab dblab
fi
`;

const fish = `# dblab completion for fish: dblab completion fish | source
function __dblab_complete
  set -l typed (commandline -opc)
  set -l found ($typed[1] __complete -- $typed[2..-1] (commandline -ct) 2>/dev/null)
  if test "$found[1]" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c dblab -f -a '(__dblab_complete)'
`;

export const SCRIPTS = { bash, zsh, fish } as const;
