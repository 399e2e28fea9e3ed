metadata description = 'Malware scanning: Defender for Storage tells an Event Grid topic, which puts the verdict on the queue attachment-scanned.'

param token string
param location string
param tags object
param accountName string

@description('Account for verdicts that could not be delivered, where operators can read them.')
param undeliveredAccountName string

param namespaceName string
param capGBPerMonth int
param workspaceId string

var dataSender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: accountName
}

resource undeliveredAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: undeliveredAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource undelivered 'containers' existing = {
      name: 'undelivered-verdicts'
    }
  }
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: namespaceName

  resource verdicts 'queues' existing = {
    name: 'attachment-scanned'
  }
}

// Defender publishes from outside the network, and authenticates with a token.
resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: 'evgt-scans-${token}'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    inputSchema: 'EventGridSchema'
    minimumTlsVersionAllowed: '1.2'
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(namespace::verdicts.id, topic.id, dataSender)
  scope: namespace::verdicts
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource keeper 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(undeliveredAccount::blobs::undelivered.id, topic.id, blobDataContributor)
  scope: undeliveredAccount::blobs::undelivered
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
  }
}

resource subscription 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'attachment-scanned'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: { includedEventTypes: ['Microsoft.Security.MalwareScanningResult'] }
    deliveryWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      destination: {
        endpointType: 'ServiceBusQueue'
        properties: { resourceId: namespace::verdicts.id }
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: undeliveredAccount.id
          blobContainerName: undeliveredAccount::blobs::undelivered.name
        }
      }
    }
  }
  dependsOn: [sender, keeper]
}

// The service uses the event as the verdict and not the index tag, because any identity that may write tags could forge a tag.
resource defender 'Microsoft.Security/defenderForStorageSettings@2025-06-01' = {
  name: 'current'
  scope: account
  properties: {
    isEnabled: true
    overrideSubscriptionLevelSettings: true
    malwareScanning: {
      onUpload: {
        isEnabled: true
        capGBPerMonth: capGBPerMonth
      }
      blobScanResultsOptions: 'None'
      scanResultsEventGridTopicResourceId: topic.id
    }
    sensitiveDataDiscovery: { isEnabled: false }
  }
  dependsOn: [subscription]
}

#disable-next-line use-recent-api-versions // The stable version is ten years old and knows no category groups.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: topic
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output topicName string = topic.name
