output "credence_config" {
  description = "A credence.yaml: terraform output -raw credence_config."
  value       = module.credence.credence_config
}

output "service_accounts" {
  description = "Client ids for the annotations of the services' accounts."
  value       = module.credence.service_accounts
}

output "catalog_setup" {
  description = "SQL that an administrator of the server runs once."
  value       = module.credence.catalog_setup
}

output "helm_values" {
  description = "Values for deploy/chart: terraform output -raw helm_values > values.yaml."
  value       = module.credence.helm_values
}
