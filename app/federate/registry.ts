import type { FederationConfig } from '#services/federate/config.ts'
import { createMlflowRegistry, type MlflowCredentials } from '#services/federate/registries/mlflow.ts'
import type { ModelRegistry } from '#services/federate/registry.ts'
import { fromEnvironment, mayBeInEnvironment } from '../open/environment.ts'

/** The registry of a federation's models; undefined if none is configured. Throws `invalid`. */
export function registryOf(
  federation: string,
  { mlflow }: Pick<FederationConfig, 'mlflow'>,
): ModelRegistry | undefined {
  if (mlflow === undefined) return undefined
  return createMlflowRegistry({ url: mlflow.url, name: mlflow.name ?? federation, credentials: mlflowCredentials() })
}

/** Credentials from the environment variables that MLflow's own clients read. */
function mlflowCredentials(): MlflowCredentials | null {
  const token = mayBeInEnvironment('MLFLOW_TRACKING_TOKEN')
  if (token !== null) return { token }
  const username = mayBeInEnvironment('MLFLOW_TRACKING_USERNAME')
  if (username === null) return null
  return { username, password: fromEnvironment('MLFLOW_TRACKING_PASSWORD', `the password of ${username} in MLflow`) }
}
