import { execFileSync } from 'node:child_process'
import { Command, Option } from 'commander'
import { expect, it } from 'vitest'
import { completionScript } from './completion.ts'

const program = new Command('credence').option('--verbose', 'say more')
program
  .command('scan')
  .description("look at a file's records")
  .addOption(new Option('--format <format>'))
  .option('--all')
const keys = program.command('keys')
keys.command('rotate').option('--dry-run')
keys.command('status')

/** What bash offers once these words are typed, the last of them in part. */
function offered(...words: string[]): string[] {
  const line = ['credence', ...words].map((word) => `'${word}'`).join(' ')
  const script = `${completionScript(program, 'bash')}
    COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _credence; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean)
}

// The scripts of zsh and fish are read by those alone, which not every machine has; bash is everywhere but on Windows.
it.skipIf(process.platform === 'win32')('completes commands, commands of commands, and options, in bash', () => {
  expect(offered('')).toEqual(['scan', 'keys', '--verbose', '--help'])
  expect(offered('s')).toEqual(['scan'])
  expect(offered('scan', '--')).toEqual(['--format', '--all', '--help'])
  expect(offered('scan', 'file.csv', '--a')).toEqual(['--all'])
  expect(offered('keys', '')).toEqual(['rotate', 'status', '--help'])
  expect(offered('keys', 'rotate', '--d')).toEqual(['--dry-run'])
})

it('tells zsh to run the functions of bash', () => {
  expect(completionScript(program, 'zsh')).toMatch(/^autoload -U \+X bashcompinit && bashcompinit\n_credence\(\)/)
})

it('describes each command and option to fish', () => {
  const lines = completionScript(program, 'fish').split('\n')
  expect(lines).toContain(`complete -c credence -n '__fish_use_subcommand' -f -a scan -d 'look at a file\\'s records'`)
  expect(lines).toContain(`complete -c credence -n '__fish_seen_subcommand_from rotate' -l dry-run -d ''`)
})
