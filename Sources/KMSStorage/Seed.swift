import KMSCore
import GRDB
