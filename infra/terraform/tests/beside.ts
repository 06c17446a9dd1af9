import { readdirSync } from 'node:fs'
import { address } from './check-references.ts'
import type { Json, JsonObject } from './hcl.ts'
import { isObject, list, type TerraformModule } from './module.ts'

/** What is worked out as a value, or compared with a table of its own (`check-settings.ts`). */
const VALUES = new Set(['resource', 'data', 'variable', 'locals', 'output', 'module', 'provider', 'terraform'])
const TERRAFORM = new Set(['required_version', 'required_providers', 'backend'])
const WORKED_OUT = new Set(['prevent_destroy', 'create_before_destroy'])
/** What Terraform reads of a folder beside `.tf` files. */
const READ = /\.(tf\.json|tofu|tofu\.json|tfvars|tfvars\.json)$/

/**
 * What a folder says beside values, as it is written: the order of things, what is ignored, demanded, forgotten, taken over or moved, what
 * outputs give, and files that Terraform reads without being asked. `[what, said]` each.
 */
export function besideOf(module: TerraformModule): (readonly [string, Json])[] {
  return [
    ...module.resources.flatMap((resource) => {
      const { depends_on: after, lifecycle } = resource.body
      return [
        ...(after === undefined ? [] : [[`${address(resource)}.depends_on`, after] as const]),
        ...(list(lifecycle) as JsonObject[]).flatMap((one) =>
          without(one, WORKED_OUT, `${address(resource)}.lifecycle`),
        ),
      ]
    }),
    ...[...module.outputs].map(([name, body]) => [`output.${name}`, body] as const),
    ...without(module.terraform, TERRAFORM, 'terraform'),
    ...[...module.files.values()].flatMap((file) =>
      without(file, VALUES, '').map(([at, one]) => [at.slice(1), one] as const),
    ),
    ...readdirSync(module.folder)
      .filter((name) => READ.test(name))
      .map((name) => [`file.${name}`, true] as const),
  ]
}

function without(body: Json, left: ReadonlySet<string>, at: string): (readonly [string, Json])[] {
  return isObject(body)
    ? Object.entries(body)
        .filter(([key]) => !left.has(key))
        .map(([key, value]) => [`${at}.${key}`, value] as const)
    : []
}
