import { named, needs } from '#test/support/needs.ts'

/** The path of moto's server, and whether its suites are skipped for want of it. */
export function motoNeeded(): { readonly program: string; readonly skip: boolean; readonly why: string } {
  const { value, missing } = named(
    'CREDENCE_TEST_MOTO',
    "the `moto_server` that `pip install 'moto[server]==5.2.5'` brings",
  )
  return { program: value, ...needs(missing) }
}
