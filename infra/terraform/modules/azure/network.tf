locals {
  # Of a /16: endpoints /24, services /20.
  subnets = {
    endpoints = cidrsubnet(var.address_space, 8, 0)
    services  = cidrsubnet(var.address_space, 4, 1)
  }
  redis_port     = var.redis.service == "managed" ? "10000" : "6380"
  endpoint_ports = ["443", "5671", "5432", local.redis_port]
  clients        = concat([local.subnets.services], flatten([for network in values(var.client_networks) : network.address_prefixes]))

  administering = flatten([for network in values(var.client_networks) : network.address_prefixes if network.administers])

  network_rules = merge(
    {
      "endpoints-in-clients"     = { group = "endpoints", direction = "Inbound", access = "Allow", priority = 100, protocol = "Tcp", from = local.clients, to = [local.subnets.endpoints], ports = local.endpoint_ports }
      "endpoints-in-none"        = { group = "endpoints", direction = "Inbound", access = "Deny", priority = 4096, protocol = "*", from = ["*"], to = ["*"], ports = ["*"] }
      "endpoints-out-none"       = { group = "endpoints", direction = "Outbound", access = "Deny", priority = 4096, protocol = "*", from = ["*"], to = ["*"], ports = ["*"] }
      "services-in-services"     = { group = "services", direction = "Inbound", access = "Allow", priority = 100, protocol = "*", from = [local.subnets.services], to = [local.subnets.services], ports = ["*"] }
      "services-in-balancer"     = { group = "services", direction = "Inbound", access = "Allow", priority = 110, protocol = "Tcp", from = ["AzureLoadBalancer"], to = [local.subnets.services], ports = ["*"] }
      "services-in-none"         = { group = "services", direction = "Inbound", access = "Deny", priority = 4096, protocol = "*", from = ["*"], to = ["*"], ports = ["*"] }
      "services-out-services"    = { group = "services", direction = "Outbound", access = "Allow", priority = 100, protocol = "*", from = [local.subnets.services], to = [local.subnets.services], ports = ["*"] }
      "services-out-endpoints"   = { group = "services", direction = "Outbound", access = "Allow", priority = 110, protocol = "Tcp", from = [local.subnets.services], to = [local.subnets.endpoints], ports = local.endpoint_ports }
      "services-out-nothing-but" = { group = "services", direction = "Outbound", access = "Deny", priority = 4096, protocol = "*", from = ["*"], to = ["*"], ports = ["*"] }
    },
    # the control plane has its address among the nodes, as has what ends TLS before the console
    length(local.administering) == 0 ? {} : {
      "services-in-clients" = { group = "services", direction = "Inbound", access = "Allow", priority = 120, protocol = "Tcp", from = local.administering, to = [local.subnets.services], ports = ["443"] }
    },
    {
      for index, tag in sort(var.egress_service_tags) :
      "services-out-${lower(replace(tag, ".", "-"))}" => { group = "services", direction = "Outbound", access = "Allow", priority = 200 + index, protocol = "Tcp", from = [local.subnets.services], to = [tag], ports = ["443"] }
    },
  )
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  address_space       = [var.address_space]
  tags                = local.tags
}

# Neither has a way out by default, nor a public address.
resource "azurerm_subnet" "this" {
  for_each = local.subnets

  name                              = each.key
  resource_group_name               = azurerm_resource_group.this.name
  virtual_network_name              = azurerm_virtual_network.this.name
  address_prefixes                  = [each.value]
  default_outbound_access_enabled   = false
  private_endpoint_network_policies = "Enabled" # without it, the rules below pass the endpoints by
}

resource "azurerm_network_security_group" "this" {
  for_each = local.subnets

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

resource "azurerm_network_security_rule" "this" {
  for_each = local.network_rules

  name                         = each.key
  resource_group_name          = azurerm_resource_group.this.name
  network_security_group_name  = azurerm_network_security_group.this[each.value.group].name
  direction                    = each.value.direction
  access                       = each.value.access
  priority                     = each.value.priority
  protocol                     = each.value.protocol
  source_port_range            = "*"
  destination_port_range       = length(each.value.ports) == 1 ? each.value.ports[0] : null
  destination_port_ranges      = length(each.value.ports) == 1 ? null : each.value.ports
  source_address_prefix        = length(each.value.from) == 1 ? each.value.from[0] : null
  source_address_prefixes      = length(each.value.from) == 1 ? null : each.value.from
  destination_address_prefix   = length(each.value.to) == 1 ? each.value.to[0] : null
  destination_address_prefixes = length(each.value.to) == 1 ? null : each.value.to
}

resource "azurerm_subnet_network_security_group_association" "this" {
  for_each = local.subnets

  subnet_id                 = azurerm_subnet.this[each.key].id
  network_security_group_id = azurerm_network_security_group.this[each.key].id
}

# What leaves goes through the firewall; without one, it goes nowhere.
resource "azurerm_route_table" "services" {
  name                          = "${var.name}-services"
  location                      = var.location
  resource_group_name           = azurerm_resource_group.this.name
  bgp_route_propagation_enabled = false
  tags                          = local.tags

  route {
    name                   = "out"
    address_prefix         = "0.0.0.0/0"
    next_hop_type          = var.egress_next_hop == null ? "None" : "VirtualAppliance"
    next_hop_in_ip_address = var.egress_next_hop
  }
}

resource "azurerm_subnet_route_table_association" "services" {
  subnet_id      = azurerm_subnet.this["services"].id
  route_table_id = azurerm_route_table.services.id
}

resource "azurerm_virtual_network_peering" "clients" {
  for_each = var.client_networks

  name                         = each.key
  resource_group_name          = azurerm_resource_group.this.name
  virtual_network_name         = azurerm_virtual_network.this.name
  remote_virtual_network_id    = each.value.virtual_network_id
  allow_virtual_network_access = true
  allow_forwarded_traffic      = false
  allow_gateway_transit        = false
  use_remote_gateways          = false
}

# The other half, so that whoever applies from there reaches the vault in the first apply.
resource "azurerm_virtual_network_peering" "back" {
  for_each = { for name, network in var.client_networks : name => split("/", network.virtual_network_id) if network.peer_back }

  name                         = var.name
  resource_group_name          = each.value[4]
  virtual_network_name         = each.value[8]
  remote_virtual_network_id    = azurerm_virtual_network.this.id
  allow_virtual_network_access = true
  allow_forwarded_traffic      = false
  allow_gateway_transit        = false
  use_remote_gateways          = false
}
