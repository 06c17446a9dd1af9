output "oidc_issuer_url" {
  description = "For `oidc_issuer_url` of the module for data."
  value       = azurerm_kubernetes_cluster.this.oidc_issuer_url
}

output "registry" {
  description = "Where to copy images: the registry that nodes reach."
  value       = azurerm_container_registry.this.login_server
}

output "cluster_name" {
  description = "The cluster: az aks get-credentials, from within the network."
  value       = azurerm_kubernetes_cluster.this.name
}
