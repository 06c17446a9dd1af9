import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '#app/config/load.ts'
import { askedProblems } from '../../infra/terraform/tests/asked.ts'
import {
  caught,
  evaluateEnvironment,
  evaluateModule,
  folderOf,
  made,
  shaped,
  type CloudModule,
} from '../../infra/terraform/tests/cloud.ts'
import { networkIsCurrent } from '../../infra/terraform/tests/diagram.ts'
import { TERRAFORM } from '../../infra/terraform/tests/check.ts'
import { planAnew, type Evaluated } from '../../infra/terraform/tests/evaluate.ts'
import { helmValuesAreCurrent } from '../../infra/terraform/tests/helm-values.ts'
import { missing } from '../../infra/terraform/tests/hcl.ts'
import { madeProblems } from '../../infra/terraform/tests/made-of.ts'
import { productionProblems } from '../../infra/terraform/tests/production.ts'
import { denials, opaMissing } from '../../infra/terraform/tests/opa.ts'
import { terraformMissing } from '../../infra/terraform/tests/terraform.ts'

const isCi = process.env['CI'] === 'true'

/** Skips with the reason; where everything has to be there, the tests run and fail. */
export function unless(...reasons: readonly (string | null)[]): { readonly skip: boolean; readonly why: string } {
  const found = reasons.filter((reason) => reason !== null)
  return { skip: found.length > 0 && !isCi, why: found.length === 0 ? '' : ` (${found.join('; ')})` }
}

/** Everything that is asked of the module of one cloud, and of its environments. */
export function terraformSuite(module: CloudModule): void {
  const { cloud, mutations, environments = {}, permissionProblems } = module
  const evaluated = unless(missing, terraformMissing())
  const ruled = unless(missing, terraformMissing(), opaMissing())

  describe.skipIf(evaluated.skip)(`${cloud}, evaluated by Terraform${evaluated.why}`, () => {
    const once = memo(() => evaluateModule(module))

    test('grants what the statement of permissions says, no more and no less', async () => {
      expect(permissionProblems(await once())).toEqual([])
    })

    test('answers requests, events and packets as it is to', async () => {
      expect(module.behaviourProblems(await once())).toEqual([])
      expect(askedProblems(await once(), module.samples.variables)).toEqual([])
    })

    test('is made of what it was made of when somebody last read it', async () => {
      expect(
        madeProblems(folderOf(module), await made(folderOf(module), await once())),
        'read it, then run node infra/terraform/tests/write-made-of.ts',
      ).toEqual([])
    })

    test.skipIf(ruled.skip)('in other shapes is made of what it was, and keeps to the rules', async () => {
      const others = await shaped(module, await made(folderOf(module), await once()))
      expect(others.map(({ shape }) => shape)).toEqual(Object.keys(module.shapes ?? {}))
      for (const { shape, lines, denied } of others)
        expect([...denied, ...madeProblems(folderOf(module), lines, shape)], shape).toEqual([])
    })

    test('is drawn as it is, in its README and in docs/networks.md', async () => {
      expect(networkIsCurrent(module, await once()), `run node infra/terraform/tests/diagram.ts ${cloud}`).toBe(true)
    })

    test('prints the values that the chart is tested with', async () => {
      const isCurrent = helmValuesAreCurrent(module, await once())
      expect(isCurrent, 'run node infra/terraform/tests/helm-values.ts').toBe(true)
    })

    test('can be planned when nothing exists yet', async () => {
      await planAnew(join(TERRAFORM, folderOf(module)), module.samples)
    })

    test('gives a configuration that is taken', async () => {
      expect(configOf(await once())).toBeDefined()
    })

    test.each(Object.entries(environments))('%s gives a configuration that is taken', async (name, samples) => {
      const evaluated = await evaluateEnvironment(name, samples)
      expect(configOf(evaluated).profile).toBe('production')
      expect(productionProblems(name, evaluated)).toEqual([])
      expect(madeProblems(`envs/${name}`, await made(`envs/${name}`, evaluated))).toEqual([])
    })
  })

  describe.skipIf(ruled.skip)(`the rules for ${cloud}${ruled.why}`, () => {
    test('the module keeps to them', async () => {
      expect(await denials(cloud, (await evaluateModule(module)).resources)).toEqual([])
    })

    test.each(Object.entries(environments))('%s keeps to them', async (name, samples) => {
      expect(await denials(cloud, (await evaluateEnvironment(name, samples)).resources)).toEqual([])
    })

    test('there are ten mutations and more', () => {
      expect(mutations.length).toBeGreaterThanOrEqual(10)
      expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length)
    })

    test.each(mutations)('it is noticed when $name', async (mutation) => {
      expect((await caught(module, mutation)).join('\n')).toContain(mutation.caughtBy)
    })
  })
}

function configOf({ outputs }: Evaluated): ReturnType<typeof parseConfig> {
  const text = outputs['credence_config']
  if (typeof text !== 'string') throw new Error('there is no output credence_config')
  const environment = Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'of-a-test']))
  return parseConfig(text, '/srv/credence/credence.yaml', environment)
}

function memo<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
