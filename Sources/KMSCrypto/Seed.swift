import KMSCore
