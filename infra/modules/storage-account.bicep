metadata description = 'A storage account without keys and without public blobs: its containers, tables, protection and logs.'

@maxLength(24)
param name string

param location string
param tags object

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param skuName string

param containers string[]
param tables string[] = []
param lifecycleRules array = []

@description('Days that a deleted blob, version or container can be brought back.')
param softDeleteDays int

@description('Days that all block blobs can be turned back; fewer than softDeleteDays. 0: not.')
param pointInTimeRestoreDays int = 0

@description('Days that blobs of a container named audit cannot be changed or deleted. 0: there is no such container.')
param auditRetentionDays int = 0

@description('The policy of that container is locked: Azure refuses to have it written again.')
param auditLocked bool = false

@description('Days after which what was overwritten is deleted.')
param keepVersionsDays int

@description('Serve the container $web as a website.')
param staticWebsite bool = false

@description('Defender scans what is uploaded.')
param malwareScanning bool = false

@description('Answers through private endpoints only.')
param privateNetwork bool

@description('Address ranges that may come in from outside. Empty: any, with a token or a link.')
param allowedAddresses string[] = []

@description('Keep a log of who read which blob. For accounts that others than the service read.')
param logReads bool = false

param deleteLock bool = false
param workspaceId string

var turnsBack = pointInTimeRestoreDays > 0
// Rules do not act on write-once containers: infra/RUNBOOK.md says how the audit trail ends.
var superseded = {
  name: 'superseded'
  type: 'Lifecycle'
  definition: {
    filters: { blobTypes: ['blockBlob', 'appendBlob'] }
    actions: { version: { delete: { daysAfterCreationGreaterThan: keepVersionsDays } } }
  }
}

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    isLocalUserEnabled: false
    isSftpEnabled: false
    allowedCopyScope: 'AAD'
    publicNetworkAccess: privateNetwork && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: privateNetwork || !empty(allowedAddresses) ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
      ipRules: [for address in allowedAddresses: { value: address, action: 'Allow' }]
      // Defender adds this itself when it is switched on; a later deployment without it would take it away.
      resourceAccessRules: malwareScanning
        ? [
            {
              tenantId: tenant().tenantId
              resourceId: subscriptionResourceId('Microsoft.Security/datascanners', 'StorageDataScanner')
            }
          ]
        : []
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-08-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    changeFeed: { enabled: turnsBack }
    deleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    containerDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    staticWebsite: staticWebsite
      ? { enabled: true, indexDocument: 'index.html', errorDocument404Path: 'index.html' }
      : { enabled: false }
    restorePolicy: turnsBack ? { enabled: true, days: pointInTimeRestoreDays } : { enabled: false }
  }
}

resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' = [
  for container in containers: {
    parent: blobs
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource auditContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' existing = {
  parent: blobs
  name: 'audit'
}

// Appending stays possible, changing and deleting does not. It is locked for good by hand: infra/README.md.
resource writeOnce 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-08-01' = if (auditRetentionDays > 0 && !auditLocked) {
  parent: auditContainer
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: max(auditRetentionDays, 1)
    allowProtectedAppendWrites: true
  }
  dependsOn: [blobContainers]
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-08-01' = {
  parent: account
  name: 'default'
}

resource accountTables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-08-01' = [
  for table in tables: {
    parent: tableService
    name: table
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-08-01' = {
  parent: account
  name: 'default'
  properties: { policy: { rules: concat(lifecycleRules, [superseded]) } }
  dependsOn: [blobs]
}

// Reads and writes are the service's own and stand in its audit trail; it deletes next to nothing.
#disable-next-line use-recent-api-versions // The stable version is ten years old and knows no category groups.
resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageDelete', enabled: true }
      { category: 'StorageRead', enabled: logReads }
    ]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

#disable-next-line use-recent-api-versions // The stable version is ten years old and knows no category groups.
resource tableDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: tableService
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds patient records.'
  }
}

output name string = account.name
