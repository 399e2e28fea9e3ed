metadata description = 'One private endpoint for every part of an account or namespace that the app reaches.'

param location string
param tags object
param subnetId string
param zoneIds object
param hostAccountName string
param recordsAccountName string
param contingencyAccountName string
param namespaceName string

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostAccountName
}

resource recordsAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: recordsAccountName
}

resource contingencyAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: contingencyAccountName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName
}

var targets = [
  { name: 'host-blob', id: hostAccount.id, part: 'blob' }
  { name: 'host-table', id: hostAccount.id, part: 'table' }
  { name: 'records-blob', id: recordsAccount.id, part: 'blob' }
  { name: 'records-table', id: recordsAccount.id, part: 'table' }
  { name: 'contingency-blob', id: contingencyAccount.id, part: 'blob' }
  { name: 'bus', id: namespace.id, part: 'namespace' }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [for target in targets: {
  name: 'pe-${target.name}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: target.name
        properties: {
          privateLinkServiceId: target.id
          groupIds: [target.part]
        }
      }
    ]
  }
}]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [for (target, index) in targets: {
  parent: endpoints[index]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [{ name: target.part, properties: { privateDnsZoneId: zoneIds[target.part] } }]
  }
}]
