targetScope = 'subscription'

metadata description = 'Lets the service of another region use the records and contingency accounts of a lost one: its roles, and its private ways. infra/RUNBOOK.md, "The region is lost".'

@description('Resource group of the lost region. The accounts remain in it.')
param oldGroup string

@description('Resource group of the region that takes over.')
param newGroup string

@description('Region that takes over.')
param location string

param recordsAccountName string
param contingencyAccountName string

@description('The identity of the service in the region that takes over.')
param principalId string

@allowed(['status', '$web'])
@description('Container of the status page.')
param statusPageContainer string = 'status'

@description('Name of the network in the region that takes over. Empty: none.')
param networkName string = ''

var stores = loadJsonContent('stores.json')

resource old 'Microsoft.Resources/resourceGroups@2025-04-01' existing = {
  name: oldGroup
}

resource new 'Microsoft.Resources/resourceGroups@2025-04-01' existing = {
  name: newGroup
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' existing = if (!empty(networkName)) {
  name: networkName
  scope: new

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

resource blobZone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = if (!empty(networkName)) {
  name: 'privatelink.blob.${environment().suffixes.storage}'
  scope: new
}

resource tableZone 'Microsoft.Network/privateDnsZones@2024-06-01' existing = if (!empty(networkName)) {
  name: 'privatelink.table.${environment().suffixes.storage}'
  scope: new
}

module recordsAccess 'modules/storage-access.bicep' = {
  name: 'takeover-records'
  scope: old
  params: {
    accountName: recordsAccountName
    containers: stores.recordsContainers
    tables: stores.tables
    principalId: principalId
  }
}

module contingencyAccess 'modules/storage-access.bicep' = {
  name: 'takeover-contingency'
  scope: old
  params: {
    accountName: contingencyAccountName
    containers: union(stores.contingencyContainers, [statusPageContainer])
    signsLinks: true
    principalId: principalId
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (!empty(networkName)) {
  name: 'takeover-endpoints'
  scope: new
  params: {
    location: location
    tags: { application: 'ereferrals' }
    subnetId: network::endpoints.id
    zoneIds: { blob: blobZone.id, table: tableZone.id }
    targets: [
      {
        name: 'old-records-blob'
        type: 'Microsoft.Storage/storageAccounts'
        of: recordsAccountName
        part: 'blob'
        group: oldGroup
      }
      {
        name: 'old-records-table'
        type: 'Microsoft.Storage/storageAccounts'
        of: recordsAccountName
        part: 'table'
        group: oldGroup
      }
      {
        name: 'old-contingency-blob'
        type: 'Microsoft.Storage/storageAccounts'
        of: contingencyAccountName
        part: 'blob'
        group: oldGroup
      }
    ]
  }
}
