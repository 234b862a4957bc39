import KMSAccess
import ArgumentParser
import AsyncHTTPClient
print("")
