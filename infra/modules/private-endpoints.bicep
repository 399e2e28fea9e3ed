metadata description = 'One private endpoint for every part of an account or namespace that the app reaches.'

param location string
param tags object
param subnetId string
param zoneIds object
param hostAccountName string
param recordsAccountName string
param contingencyAccountName string
param namespaceName string

var targets = [
  { name: 'host-blob', type: 'Microsoft.Storage/storageAccounts', of: hostAccountName, part: 'blob' }
  { name: 'host-table', type: 'Microsoft.Storage/storageAccounts', of: hostAccountName, part: 'table' }
  { name: 'records-blob', type: 'Microsoft.Storage/storageAccounts', of: recordsAccountName, part: 'blob' }
  { name: 'records-table', type: 'Microsoft.Storage/storageAccounts', of: recordsAccountName, part: 'table' }
  { name: 'contingency-blob', type: 'Microsoft.Storage/storageAccounts', of: contingencyAccountName, part: 'blob' }
  { name: 'bus', type: 'Microsoft.ServiceBus/namespaces', of: namespaceName, part: 'namespace' }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for target in targets: {
    name: 'pe-${target.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            privateLinkServiceId: resourceId(target.type, target.of)
            groupIds: [target.part]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.part, properties: { privateDnsZoneId: zoneIds[target.part] } }]
    }
  }
]
