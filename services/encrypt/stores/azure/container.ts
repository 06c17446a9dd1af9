import type { ContainerGetPropertiesResponse } from '@azure/storage-blob'
import { AppError } from '#core/errors.ts'
import type { AzureContainer } from './account.ts'

/**
 * Checks the container before anything is stored in it. Throws `invalid` if it is publicly readable, if it lacks version-level
 * immutability although days are configured, or if it retains everything, including staging.
 */
export async function inspectContainer(at: AzureContainer): Promise<void> {
  const fault = containerFaults(at, await containerProperties(at))[0]
  if (fault !== undefined) throw new AppError('invalid', `${fault.says}: ${fault.fix}`, { reason: fault.reason })
}

export function containerProperties(at: AzureContainer): Promise<ContainerGetPropertiesResponse> {
  return at.failing('looking at', 'readContainer', null, () => at.client.getProperties({ abortSignal: at.signal() }))
}

export interface ContainerFault {
  readonly reason: 'public_access' | 'no_version_immutability' | 'container_immutability' | 'scope_override_denied'
  readonly says: string
  readonly fix: string
}

/** What makes a container unfit for a store. */
export function containerFaults(at: AzureContainer, found: ContainerGetPropertiesResponse): ContainerFault[] {
  const faults: ContainerFault[] = []
  const where = `container ${at.container} of account ${at.account}`
  const named = `--account-name ${at.account} --name ${at.container}`
  if (found.blobPublicAccess !== undefined) {
    faults.push({
      reason: 'public_access',
      says: `anybody may read ${where} (access level ${found.blobPublicAccess})`,
      fix: `az storage container set-permission ${named} --public-access off`,
    })
  }
  const versioned = found.isImmutableStorageWithVersioningEnabled === true
  if (at.options.immutabilityDays !== undefined && !versioned) {
    faults.push({
      reason: 'no_version_immutability',
      says: `${where} has no version-level immutability, which immutabilityDays needs`,
      fix: 'enable it on the container (az storage container-rm migrate-vlw), or leave immutabilityDays out',
    })
  }
  if (!versioned && (found.hasImmutabilityPolicy === true || found.hasLegalHold === true)) {
    faults.push({
      reason: 'container_immutability',
      says: `${where} has an immutability policy over everything in it, so staging could not be discarded`,
      fix: 'take a container without one, with version-level immutability and immutabilityDays instead',
    })
  }
  const { encryptionScope } = at.options
  if (
    encryptionScope !== undefined &&
    found.denyEncryptionScopeOverride === true &&
    found.defaultEncryptionScope !== encryptionScope
  ) {
    faults.push({
      reason: 'scope_override_denied',
      says: `${where} allows no encryption scope but ${found.defaultEncryptionScope ?? 'its own'}`,
      fix: `set encryptionScope to that one, or take a container whose default is ${encryptionScope}`,
    })
  }
  return faults
}
