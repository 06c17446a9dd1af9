variable "address_space" {
  type        = string
  default     = "10.40.0.0/16"
  description = "Private addresses of the network, /16 to /20."

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.).*/(16|17|18|19|20)$", var.address_space))
    error_message = "address_space is private (10/8, 172.16/12, 192.168/16) and /16 to /20."
  }
}

variable "client_networks" {
  type = map(object({
    virtual_network_id = string
    address_prefixes   = list(string)
    peer_back          = optional(bool, true)
    administers        = optional(bool, false)
  }))
  default     = {}
  description = "Other virtual networks that reach the endpoints, such as that of an existing cluster, of whoever applies, or of those who review: peered, linked to the DNS zones, let through. peer_back makes their half of the peering too, in the same subscription. Those that administer reach the control plane and what ends TLS before the console as well, on 443."

  validation {
    condition = alltrue(flatten([
      for network in values(var.client_networks) : [
        for prefix in network.address_prefixes : can(cidrhost(prefix, 0)) && can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", prefix)) && try(tonumber(split("/", prefix)[1]) >= 12, false)
      ]
    ]))
    error_message = "address_prefixes of client_networks are private (10/8, 172.16/12, 192.168/16) and no wider than /12: endpoints answer to no public address."
  }
  validation {
    condition     = alltrue([for network in values(var.client_networks) : can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/virtualNetworks/[^/]+$", network.virtual_network_id))])
    error_message = "virtual_network_id of client_networks is the resource id of a virtual network."
  }
}

variable "registry_id" {
  type        = string
  default     = null
  description = "The container registry (Premium) that the image is in: it gets an endpoint in the network. Null where images come another way."

  validation {
    condition     = var.registry_id == null || can(regex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.ContainerRegistry/registries/[a-zA-Z0-9]+$", coalesce(var.registry_id, "-")))
    error_message = "registry_id is the resource id of a container registry."
  }
}

variable "egress_service_tags" {
  type        = set(string)
  default     = ["AzureActiveDirectory", "AzureMonitor", "MicrosoftContainerRegistry", "AzureFrontDoor.FirstParty"]
  description = "Where the services' subnet may connect to besides the endpoints, on port 443, as service tags: signing in needs AzureActiveDirectory. There is no way out unless egress_next_hop gives one."

  validation {
    condition     = alltrue([for tag in var.egress_service_tags : can(regex("^[A-Z][A-Za-z]+(\\.[A-Za-z0-9]+)?$", tag)) && !contains(["Internet", "AzureCloud", "VirtualNetwork"], split(".", tag)[0])])
    error_message = "egress_service_tags are tags of single services: neither Internet, AzureCloud nor addresses, through any of which data could leave."
  }
}

variable "egress_next_hop" {
  type        = string
  default     = null
  description = "Private address of a firewall that what leaves the services' subnet goes through; without one, nothing leaves the network."

  validation {
    condition     = var.egress_next_hop == null || can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)[0-9.]+$", coalesce(var.egress_next_hop, "-")))
    error_message = "egress_next_hop is the private address of a firewall."
  }
}

variable "deployer_ip_ranges" {
  type        = list(string)
  default     = []
  description = "Public addresses that may create keys in the vault, for a first apply from outside of the network. Needs deployer_over_internet in accept; empty it afterwards."

  validation {
    condition     = alltrue([for range in var.deployer_ip_ranges : can(cidrhost(strcontains(range, "/") ? range : "${range}/32", 0)) && try(tonumber(split("/", range)[1]) >= 28, !strcontains(range, "/"))])
    error_message = "deployer_ip_ranges are single addresses, or ranges no wider than /28."
  }
}
