import KMSServer
import ArgumentParser
import Configuration
import ServiceLifecycle
print("")
