metadata description = 'What the service may do in a data account: read and write the named containers and tables; on the account at most sign links.'

param accountName string
param containers string[]
param tables string[] = []

@description('Whether the identity may sign links that read a blob until they expire.')
param signsLinks bool = false

param principalId string

var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobDelegator = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: accountName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-08-01' existing = {
  parent: account
  name: 'default'
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-08-01' existing = {
  parent: account
  name: 'default'
}

resource grantedContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' existing = [
  for container in containers: {
    parent: blobs
    name: container
  }
]

resource grantedTables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-08-01' existing = [
  for table in tables: {
    parent: tableService
    name: table
  }
]

resource containerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (container, index) in containers: {
    name: guid(account.id, container, principalId, blobDataContributor)
    scope: grantedContainers[index]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource tableRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (table, index) in tables: {
    name: guid(account.id, table, principalId, tableDataContributor)
    scope: grantedTables[index]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataContributor)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

// The key that signs belongs to the account, so a narrower scope is not possible. A link gives no more access than the identity has on the container.
resource delegatorRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (signsLinks) {
  name: guid(account.id, principalId, blobDelegator)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDelegator)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
