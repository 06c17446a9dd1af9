import { caught, type CloudModule } from './cloud.ts'

// node tests/mutate.ts aws [part of a name]: what catches each mutation of a module.
const [cloud = 'aws', part = ''] = process.argv.slice(2)
const loaded = (await import(`./clouds/${cloud}.ts`)) as Record<string, CloudModule>
for (const module of Object.values(loaded)) {
  for (const mutation of module.mutations.filter(({ name }) => name.includes(part))) {
    const said = await caught(module, mutation)
    const isCaught = said.some((line) => line.includes(mutation.caughtBy))
    process.stdout.write(`${isCaught ? 'caught' : 'MISSED'}: ${mutation.name}\n`)
    if (!isCaught) process.stdout.write(said.map((line) => `    ${line}\n`).join(''))
  }
}
